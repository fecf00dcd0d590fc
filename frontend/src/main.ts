import ui from '@nuxt/ui/vue-plugin'
import { VueQueryPlugin } from '@tanstack/vue-query'
import { createPinia } from 'pinia'
import { createApp } from 'vue'

import App from './App.vue'
import { i18n, speak } from './app/i18n'
import { language } from './app/language'
import { queryClient } from './app/queries'
import { router } from './app/router'
import { followTheme } from './app/theme'
import './styles/main.css'
import 'virtual:styles.css'

followTheme()
await speak(language.value)
createApp(App).use(createPinia()).use(i18n).use(VueQueryPlugin, { queryClient }).use(router).use(ui).mount('#app')
