import { shallowRef } from 'vue'

import type { Problem } from '@/api/problem'

/** Why the page cannot be drawn at all: the server does not say who its reader is. */
export const startProblem = shallowRef<Problem | null>(null)
