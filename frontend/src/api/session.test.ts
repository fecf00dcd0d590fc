import { beforeEach, describe, expect, it, vi } from 'vitest'

const session = (access: string, expires_in = 300) => Response.json({ access, expires_in })
const refused = () => Response.json({ code: 'refresh_invalid', detail: 'x', request_id: 'abc' }, { status: 401 })

async function fresh() {
  vi.resetModules()
  return {
    session: await import('./session'),
    client: await import('./client'),
    expiry: await import('./expiry'),
  }
}

function answering(answers: Record<string, (() => Response)[]>) {
  const asked: string[] = []
  vi.stubGlobal('fetch', vi.fn(async (input: Request | string) => {
    const path = new URL(typeof input === 'string' ? input : input.url, 'http://localhost:3000').pathname
    const bearer = typeof input === 'string' ? '' : ` ${input.headers.get('Authorization')}`
    asked.push(`${path.replace('/api/v1/', '')}${bearer}`)
    return answers[path.replace('/api/v1/', '')]!.shift()!()
  }))
  return asked
}

describe('a session', () => {
  beforeEach(() => {
    localStorage.clear()
    vi.unstubAllGlobals()
  })

  it('is renewed once for all that ask at the same time', async () => {
    const asked = answering({ 'auth/refresh/': [() => session('one')] })
    const { session: { accessToken } } = await fresh()
    expect(await Promise.all([accessToken(), accessToken(), accessToken()])).toEqual(['one', 'one', 'one'])
    expect(asked).toEqual(['auth/refresh/'])
  })

  it('is renewed before it ends', async () => {
    answering({ 'auth/refresh/': [() => session('short', 10), () => session('long')] })
    const { session: { accessToken } } = await fresh()
    await accessToken()
    expect(await accessToken()).toBe('long')
  })

  it('that a call finds ended is renewed, and the call is made again', async () => {
    const asked = answering({
      'auth/refresh/': [() => session('old'), () => session('new')],
      'me/': [() => new Response(null, { status: 401 }), () => Response.json({ role: 'driver' })],
    })
    const { client: { api, got } } = await fresh()
    expect(await got(api.GET('/api/v1/me/'))).toEqual({ role: 'driver' })
    expect(asked).toEqual(['auth/refresh/', 'me/ Bearer old', 'auth/refresh/', 'me/ Bearer new'])
  })

  it('that cannot be renewed under a working page waits for its reader, and then goes on', async () => {
    answering({
      'auth/refresh/': [() => session('old', 10), refused],
      'auth/token/': [() => session('again')],
      'me/': [() => Response.json({ role: 'driver' }), () => Response.json({ role: 'manager' })],
    })
    const { client: { api, got }, expiry: { expired }, session: { signIn } } = await fresh()
    await got(api.GET('/api/v1/me/'))
    const later = got(api.GET('/api/v1/me/'))
    await vi.waitFor(() => expect(expired.value).not.toBeNull())
    await signIn('alice@example.org', 'x')
    expired.value!.resume()
    expect(await later).toEqual({ role: 'manager' })
    expect(expired.value).toBeNull()
  })

  it('that never was is a problem for the router', async () => {
    answering({ 'auth/refresh/': [refused] })
    const { client: { api, got }, expiry: { expired } } = await fresh()
    await expect(got(api.GET('/api/v1/me/'))).rejects.toMatchObject({ status: 401, requestId: 'abc', signedOut: true })
    expect(expired.value).toBeNull()
  })

  it('keeps what the server answered as a problem with its reference', async () => {
    const problem = { code: 'unavailable', detail: 'later', request_id: 'r-12345678' }
    answering({ 'auth/refresh/': [() => session('one')], 'me/': [() => Response.json(problem, { status: 503, headers: { 'Retry-After': '5' } })] })
    const { client: { api, got } } = await fresh()
    await expect(got(api.GET('/api/v1/me/'))).rejects.toMatchObject({ code: 'unavailable', requestId: 'r-12345678', retryAfter: 5000, temporary: true })
  })
})
