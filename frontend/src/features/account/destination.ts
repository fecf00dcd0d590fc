/** Where to go after signing in. Only a place on this site: an address from outside could imitate it. */
export function destination(wanted: unknown, origin: string): string {
  const address = new URL(typeof wanted === 'string' ? wanted : '/', origin)
  if (address.origin !== origin || address.pathname.startsWith('/login')) return '/'
  return address.pathname + address.search
}
