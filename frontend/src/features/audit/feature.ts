import type { Feature } from '@/app/feature'

export default {
  routes: [{ path: '/audit', name: 'audit', component: () => import('./pages/AuditPage.vue'), meta: { title: 'audit.title', needs: 'audit:read' } }],
  navigation: [{ to: 'audit', label: 'audit.title', icon: 'i-lucide-scroll-text', order: 90, group: 'administration', needs: 'audit:read', key: 'u' }],
} satisfies Feature
