import type { Feature } from '@/app/feature'

export default {
  routes: [
    { path: '/approvals', name: 'approvals', component: () => import('./pages/ApprovalsPage.vue'), meta: { title: 'approvals.title', needs: 'proposals:read' } },
    { path: '/approvals/:proposal', name: 'approval', component: () => import('./pages/ApprovalPage.vue'), meta: { title: 'approvals.title', needs: 'proposals:read' } },
  ],
  navigation: [{ to: 'approvals', label: 'approvals.title', icon: 'i-lucide-stamp', order: 30, needs: 'proposals:read', key: 'a' }],
  hears: [{ kind: 'proposal.', refreshes: [['approvals']] }],
} satisfies Feature
