import type { Feature } from '@/app/feature'

export default {
  routes: [
    {
      path: '/assistant', name: 'assistant', component: () => import('./pages/AssistantPage.vue'),
      meta: { title: 'assistant.title', needs: 'ask:use' },
      // The same page: a first question gives it its conversation while the answer is written.
      children: [{ path: '/assistant/:conversation', name: 'conversation', component: { render: () => null } }],
    },
  ],
  navigation: [{ to: 'assistant', label: 'assistant.title', icon: 'i-lucide-messages-square', order: 20, needs: 'ask:use', key: 'a' }],
  hears: [
    { kind: 'proposal.', refreshes: [['assistant', 'messages']] },
    { kind: 'document.', refreshes: [['assistant', 'documents']] },
  ],
} satisfies Feature
