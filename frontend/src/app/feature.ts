// What a folder of src/features tells the rest: its pages, its places in the menu, and what it hears.

import type { RouteRecordRaw } from 'vue-router'

declare module 'vue-router' {
  interface RouteMeta {
    /** Key of the page's title. */
    title?: string
    /** ``resource:verb`` of the permission matrix; without it the page says that it is closed. */
    needs?: string
    /** Before anybody is signed in. */
    open?: boolean
  }
}

export interface NavigationItem {
  /** Name of the route. */
  to: string
  /** Key of its text. */
  label: string
  icon: string
  /** Its place in the menu: home 0, documents 10, assistant 20, approvals 30, the two products 40–60, administration 80. */
  order: number
  group?: 'work' | 'administration'
  needs?: string
  /** The second key of its shortcut: ``d`` for g then d. */
  key?: string
}

export interface Hearing {
  /** An event's kind, or its beginning: ``document.``; see docs/reference/events.md. */
  kind: string
  /** Keys of queries that are asked again then. */
  refreshes: readonly (readonly unknown[])[]
}

export interface Feature {
  routes: RouteRecordRaw[]
  navigation?: NavigationItem[]
  hears?: Hearing[]
}

const modules = import.meta.glob<Feature>('../features/*/feature.ts', { eager: true, import: 'default' })

export const features: Feature[] = Object.values(modules)
