import type { Feature } from '@/app/feature'

export default {
  routes: [{ path: '/keys', name: 'api-keys', component: () => import('./pages/ApiKeysPage.vue'), meta: { title: 'api_keys.title', needs: 'api_keys:read' } }],
  navigation: [{ to: 'api-keys', label: 'api_keys.title', icon: 'i-lucide-key-round', order: 84, group: 'administration', needs: 'api_keys:read' }],
} satisfies Feature
