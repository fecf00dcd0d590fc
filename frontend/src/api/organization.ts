// In which organization this page works, for whoever belongs to several: the browser remembers, every call says it.

const CHOSEN = 'passepartout.organization'
const chosen = localStorage.getItem(CHOSEN) // read once: what another tab chooses is not what this page shows

export const organizationHeader: Record<string, string> = chosen ? { 'X-Organization': chosen } : {}

/** True when a choice was remembered: of an organization this person no longer belongs to, or that another chose. */
export function forgetOrganization(): boolean {
  if (!chosen) return false
  localStorage.removeItem(CHOSEN)
  return true
}

/** The page starts afresh: nothing of the other organization stays in memory. */
export function enterOrganization(id: string): void {
  localStorage.setItem(CHOSEN, id)
  location.assign('/')
}
