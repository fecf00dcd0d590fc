// Toasts: what went well leaves by itself, what went wrong stays with its reference.

import { asProblem } from '@/api/problem'
import { translate } from '@/app/i18n'

import { sentenceOf } from './sentences'

export interface Undo { label: string, undo: () => unknown }

export function useNotices() {
  const toast = useToast()

  function succeeded(title: string, undo?: Undo) {
    const actions = undo ? [{ label: undo.label, color: 'neutral' as const, variant: 'outline' as const, onClick: () => void attempt(async () => undo.undo()) }] : []
    toast.add({ title, color: 'success', icon: 'i-lucide-circle-check', actions, duration: undo ? 10_000 : 5_000 })
  }

  function failed(error: unknown) {
    const problem = asProblem(error)
    const copy = { label: translate('errors.copy'), color: 'neutral' as const, variant: 'outline' as const, onClick: () => void navigator.clipboard.writeText(problem.requestId) }
    toast.add({
      title: sentenceOf(problem),
      description: problem.requestId ? translate('errors.request', { id: problem.requestId }) : undefined,
      color: 'error',
      icon: 'i-lucide-triangle-alert',
      duration: 0,
      actions: problem.requestId && 'clipboard' in navigator ? [copy] : [],
    })
  }

  /** Runs it, and shows what it throws. True when it went well. */
  async function attempt(work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work()
      return true
    } catch (error) {
      failed(error)
      return false
    }
  }

  return { succeeded, failed, attempt }
}
