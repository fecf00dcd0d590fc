/** Whole names: only those that stand in the source are in the bundle. */
export function iconOf(mime: string): string {
  if (mime === 'application/pdf') return 'i-lucide-file-text'
  if (mime.startsWith('image/')) return 'i-lucide-image'
  if (/sheet|csv/.test(mime)) return 'i-lucide-table'
  if (/presentation/.test(mime)) return 'i-lucide-presentation'
  if (mime === 'message/rfc822') return 'i-lucide-mail'
  return 'i-lucide-file'
}

/** Of which the server draws pages. */
export const hasPages = (mime: string): boolean => mime === 'application/pdf' || mime.startsWith('image/')
