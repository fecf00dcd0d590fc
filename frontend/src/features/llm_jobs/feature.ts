import type { Feature } from '@/app/feature'

export default {
  routes: [
    { path: '/llm-jobs', name: 'llm-jobs', component: () => import('./pages/LlmJobsPage.vue'), meta: { title: 'llm_jobs.title', needs: 'llm_jobs:read' } },
    { path: '/llm-jobs/:llm_job', name: 'llm-job', component: () => import('./pages/LlmJobPage.vue'), meta: { title: 'llm_jobs.title', needs: 'llm_jobs:read' } },
  ],
  navigation: [{ to: 'llm-jobs', label: 'llm_jobs.title', icon: 'i-lucide-brain-circuit', order: 92, group: 'administration', needs: 'llm_jobs:read', key: 'l' }],
} satisfies Feature
