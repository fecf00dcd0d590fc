import type { Feature } from '@/app/feature'

export default {
  routes: [
    { path: '/prompts', name: 'prompts', component: () => import('./pages/PromptsPage.vue'), meta: { title: 'prompts.title', needs: 'prompts:read' } },
    { path: '/prompts/:prompt', name: 'prompt', component: () => import('./pages/PromptPage.vue'), meta: { title: 'prompts.title', needs: 'prompts:read' } },
  ],
  navigation: [{ to: 'prompts', label: 'prompts.title', icon: 'i-lucide-message-square-code', order: 91, group: 'administration', needs: 'prompts:read', key: 'p' }],
} satisfies Feature
