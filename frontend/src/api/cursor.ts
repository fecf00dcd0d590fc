/** The cursor of the address that a page of a list names as its next; undefined on the last page. */
export const cursorOf = (address: string | null | undefined): string | undefined =>
  (address ? new URL(address, location.origin).searchParams.get('cursor') ?? undefined : undefined)
