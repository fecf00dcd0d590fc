// The first five steps of an installation; each ticks itself.

import type { Limit } from './queries'

export interface Step { key: string, done: boolean, to?: string }

export interface Facts { limits: readonly Limit[], asked: boolean, model: string | undefined }

export function steps({ limits, asked, model }: Facts): Step[] {
  const used = (resource: string) => limits.find(limit => limit.resource === resource)?.used ?? 0
  return [
    { key: 'administrator', done: true },
    { key: 'document', done: used('documents') > 0, to: 'documents' },
    { key: 'question', done: asked, to: 'assistant' },
    { key: 'colleague', done: used('members') > 1, to: 'members' },
    { key: 'model', done: model !== undefined && model !== 'off' },
  ]
}
