import type { Feature } from '@/app/feature'

export default {
  routes: [
    { path: '/login', name: 'sign-in', component: () => import('./pages/SignInPage.vue'), meta: { open: true, title: 'account.sign_in.title' } },
    { path: '/password', name: 'password-forgotten', component: () => import('./pages/ForgottenPage.vue'), meta: { open: true, title: 'account.forgotten.title' } },
    { path: '/password/:ident/:token', name: 'password-choose', component: () => import('./pages/ChoosePasswordPage.vue'), meta: { open: true, title: 'account.choose.title' } },
    { path: '/first-run/:token', name: 'first-run', component: () => import('./pages/FirstRunPage.vue'), meta: { open: true, title: 'account.first_run.title' } },
    { path: '/profile', name: 'profile', component: () => import('./pages/ProfilePage.vue'), meta: { title: 'account.profile.title' } },
  ],
} satisfies Feature
