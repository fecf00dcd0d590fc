// /health/ready: whether each part of the installation answers. No data, so no token.

import { Problem } from './problem'

export interface Readiness {
  status: 'ok' | 'unavailable'
  parts: Record<string, string>
  optional: Record<string, string>
}

export async function ready(): Promise<Readiness> {
  const answer = await fetch('/health/ready').catch(() => {
    throw Problem.unreachable()
  })
  return answer.json() // 503 names the parts that fail
}
