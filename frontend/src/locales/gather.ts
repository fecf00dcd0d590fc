// { "../features/documents/fr.json": {…} } becomes { documents: {…} }.

type Modules = Record<string, unknown>

export function gather(own: Record<string, unknown>, features: Modules): Record<string, unknown> {
  const named = Object.entries(features).map(([path, messages]) => [path.split('/').at(-2), messages])
  return { ...own, ...Object.fromEntries(named) }
}
