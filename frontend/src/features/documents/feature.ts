import type { Feature } from '@/app/feature'

export default {
  routes: [
    {
      path: '/documents',
      meta: { title: 'documents.title', needs: 'documents:read' },
      children: [
        { path: '', name: 'documents', component: () => import('./pages/DocumentsPage.vue') },
        { path: '/documents/:document', name: 'document', component: () => import('./pages/DocumentPage.vue') },
      ],
    },
  ],
  navigation: [{ to: 'documents', label: 'documents.title', icon: 'i-lucide-files', order: 10, needs: 'documents:read', key: 'd' }],
  hears: [{ kind: 'document.', refreshes: [['documents']] }],
} satisfies Feature
