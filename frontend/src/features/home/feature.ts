import type { Feature } from '@/app/feature'

export default {
  routes: [{ path: '/', name: 'home', component: () => import('./pages/HomePage.vue'), meta: { title: 'home.title' } }],
  navigation: [{ to: 'home', label: 'home.title', icon: 'i-lucide-house', order: 0, key: 'h' }],
  hears: [
    { kind: 'document.', refreshes: [['home']] },
    { kind: 'proposal.', refreshes: [['home']] },
  ],
} satisfies Feature
