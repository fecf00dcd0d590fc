// How often a query asks by itself: rarely while the socket tells, often while it is away.

import { isLive } from '@/api/live'

/** For ``refetchInterval``; ``every`` in milliseconds. */
export const polling = (every = 5_000) => () => (isLive.value ? every * 6 : every)
