// Server-sent events of a response to a POST, which EventSource cannot read.

export interface StreamEvent { event: string, data: unknown }

/** Yields each event with its parsed data; comments, such as pings, are left out. */
export async function* events(body: ReadableStream<Uint8Array>): AsyncGenerator<StreamEvent> {
  const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader()
  let held = ''
  for (;;) {
    const { value, done } = await reader.read()
    if (done) return
    const whole = (held + value).split('\n\n')
    held = whole.pop() ?? ''
    for (const block of whole) {
      const lines = block.split('\n')
      const text = field(lines, 'data: ')
      if (text) yield { event: field(lines, 'event: '), data: JSON.parse(text) }
    }
  }
}

const field = (lines: string[], name: string) => lines.find(line => line.startsWith(name))?.slice(name.length) ?? ''
