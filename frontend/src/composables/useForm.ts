// One form: busy while it works, errors beside their fields, the rest on top.

import { ref, shallowRef } from 'vue'

import { type Problem, asProblem } from '@/api/problem'

/** ``submit`` runs ``work`` once at a time; ``problem`` is what no shown field explains. */
export function useForm(work: () => Promise<void>) {
  const busy = ref(false)
  const found = shallowRef<Problem | null>(null)
  const problem = shallowRef<Problem | null>(null)
  const shown = new Set<string>()

  function errorOf(field: string): string | undefined {
    shown.add(field)
    return found.value?.errors.find(each => each.field === field)?.detail
  }

  async function submit(): Promise<void> {
    if (busy.value) return
    busy.value = true
    found.value = problem.value = null
    try {
      await work()
    } catch (error) {
      found.value = asProblem(error)
      problem.value = found.value.errors.some(each => shown.has(each.field)) ? null : found.value
    } finally {
      busy.value = false
    }
  }

  return { busy, problem, errorOf, submit }
}
