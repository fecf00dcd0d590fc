// `fetch` cannot tell how much was sent.

import { language } from '@/app/language'

import { organizationHeader } from './organization'
import { Problem } from './problem'
import { accessToken } from './session'

interface Options { told: (share: number) => void, signal: AbortSignal }

/** POST a form; ``told`` gets a share from 0 to 1. Resolves with status and body; throws Problem or AbortError. */
export async function upload<Body>(path: string, form: FormData, { told, signal }: Options) {
  const bearer = await accessToken()
  return new Promise<{ status: number, body: Body }>((done, failed) => {
    const request = new XMLHttpRequest()
    request.open('POST', path)
    const headers = { 'Authorization': `Bearer ${bearer}`, 'Accept-Language': language.value, ...organizationHeader }
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value)
    request.upload.addEventListener('progress', event => event.lengthComputable && told(event.loaded / event.total))
    request.addEventListener('error', () => failed(Problem.unreachable()))
    request.addEventListener('abort', () => failed(new DOMException('stopped', 'AbortError')))
    request.addEventListener('load', () => {
      const body = parsed(request.responseText)
      if (request.status < 300) done({ status: request.status, body: body as Body })
      else failed(new Problem({ ...body, status: request.status, requestId: String(body.request_id ?? '') }))
    })
    signal.addEventListener('abort', () => request.abort())
    request.send(form)
  })
}

function parsed(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text)
  } catch {
    return {} // a proxy's own error page
  }
}
