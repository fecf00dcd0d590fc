import type { Feature } from '@/app/feature'

export default {
  routes: [{ path: '/members', name: 'members', component: () => import('./pages/MembersPage.vue'), meta: { title: 'members.title', needs: 'members:read' } }],
  navigation: [{ to: 'members', label: 'members.title', icon: 'i-lucide-users-round', order: 80, group: 'administration', needs: 'members:read', key: 'm' }],
} satisfies Feature
