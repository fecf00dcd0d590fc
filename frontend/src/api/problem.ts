// What went wrong, with the reference that finds it in the logs.

export interface FieldProblem { field: string, code: string, detail: string }

interface Facts {
  status?: number
  code?: string
  detail?: string
  errors?: FieldProblem[]
  requestId?: string
  retryAfter?: number
}

/** ``retryAfter`` in milliseconds; ``code`` as in docs/reference/errors.md, or ``network`` when nobody answered. */
export class Problem extends Error {
  readonly status: number
  readonly code: string
  readonly detail: string
  readonly errors: FieldProblem[]
  readonly requestId: string
  readonly retryAfter: number

  constructor({ status = 0, code = 'other', detail = '', errors = [], requestId = '', retryAfter = 0 }: Facts) {
    super(detail || code)
    this.name = 'Problem'
    this.status = status
    this.code = code
    this.detail = detail
    this.errors = errors
    this.requestId = requestId
    this.retryAfter = retryAfter
  }

  static async of(response: Response): Promise<Problem> {
    const body = await response.json().catch(() => ({})) // a proxy's own error page
    const requestId = body.request_id ?? response.headers.get('X-Request-ID') ?? ''
    const retryAfter = (Number.parseInt(response.headers.get('Retry-After') ?? '', 10) || 0) * 1000
    return new Problem({ ...body, status: response.status, requestId, retryAfter })
  }

  static unreachable(): Problem {
    return new Problem({ code: 'network' })
  }

  /** Whether the same call may go well a little later. */
  get temporary(): boolean {
    return this.code === 'network' || this.status === 429 || this.status >= 500
  }

  /** Nobody is signed in (any more). */
  get signedOut(): boolean {
    return this.status === 401 || (this.status === 403 && this.code.startsWith('refresh'))
  }
}

export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  return new Problem({ code: 'other', detail: error instanceof Error ? error.message : '' })
}
