// Server-sent events of a response to a POST, which EventSource cannot read.

// Yields { event, data }; comments, such as pings, are left out.
export async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let held = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const whole = (held + value).split("\n\n");
    held = whole.pop();
    for (const block of whole) {
      const lines = block.split("\n");
      const data = field(lines, "data: ");
      if (data) yield { event: field(lines, "event: "), data: JSON.parse(data) };
    }
  }
}

const field = (lines, name) => lines.find((line) => line.startsWith(name))?.slice(name.length);
