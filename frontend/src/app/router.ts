import { nextTick } from 'vue'
import { type RouteLocationNormalized, createRouter, createWebHistory } from 'vue-router'

import { forgetOrganization } from '@/api/organization'
import { asProblem } from '@/api/problem'

import { features } from './feature'
import { translate } from './i18n'
import { meQuery } from './me'
import { queryClient } from './queries'
import { startProblem } from './start'

const lost = { path: '/:lost(.*)*', name: 'lost', component: () => import('@/components/LostPage.vue'), meta: { title: 'shell.lost.title' } }

export const router = createRouter({
  history: createWebHistory(),
  routes: [...features.flatMap(feature => feature.routes), lost],
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
})

router.beforeEach(async (to) => {
  if (to.meta.open) return true
  try {
    await queryClient.ensureQueryData(meQuery)
    startProblem.value = null
    return true
  } catch (error) {
    return withoutSession(asProblem(error), to)
  }
})

function withoutSession(problem: ReturnType<typeof asProblem>, to: RouteLocationNormalized) {
  if (problem.code === 'organization_forbidden' && forgetOrganization()) location.reload()
  if (problem.signedOut) return { name: 'sign-in', query: to.fullPath === '/' ? {} : { next: to.fullPath } }
  startProblem.value = problem
  return true
}

// The title and the focus follow: who cannot see the page change hears it.
router.afterEach(async (to, from) => {
  document.title = to.meta.title ? `${translate(to.meta.title)} · Passepartout` : 'Passepartout'
  if (!from.name || to.path === from.path) return
  await nextTick()
  document.getElementById('main')?.focus({ preventScroll: true })
})
