// The menu, the palette and the go-to keys: what features offer, as far as this person may.

import type { CommandPaletteGroup, NavigationMenuItem } from '@nuxt/ui'
import { computed } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRouter } from 'vue-router'

import { type NavigationItem, features } from '@/app/feature'
import { useMe } from '@/app/me'

const offered = features.flatMap(feature => feature.navigation ?? []).sort((one, other) => one.order - other.order)

export function useNavigation() {
  const { t } = useI18n()
  const { can } = useMe()
  const router = useRouter()
  const go = (to: string) => void router.push({ name: to })

  const allowed = computed(() => offered.filter(item => !item.needs || can(item.needs)))
  const keyed = computed(() => allowed.value.filter((item): item is NavigationItem & { key: string } => Boolean(item.key)))
  const grouped = (group: string) => allowed.value.filter(item => (item.group ?? 'work') === group)

  const menu = computed<NavigationMenuItem[][]>(() =>
    ['work', 'administration'].map(group =>
      grouped(group).map(item => ({ label: t(item.label), icon: item.icon, to: { name: item.to }, exact: item.to === 'home' }))).filter(items => items.length))

  const palette = computed<CommandPaletteGroup[]>(() => [{
    id: 'pages',
    label: t('shell.pages'),
    items: allowed.value.map(item => ({
      label: t(item.label),
      icon: item.icon,
      kbds: item.key ? ['g', item.key] : [],
      onSelect: () => go(item.to),
    })),
  }])

  return { menu, palette, keyed, go }
}
