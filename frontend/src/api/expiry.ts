// A session that ends while somebody works: the page stays, asks to sign in again, and what was refused goes on.

import { shallowRef } from 'vue'

interface Waiting { promise: Promise<void>, resume: () => void }

/** Set while the page waits for its reader to sign in again; ``resume`` once that is done. */
export const expired = shallowRef<Waiting | null>(null)

let begun = false // whether this page has ever had a session: without one there is nothing to go on with

export const sessionBegan = () => {
  begun = true
}

export const hadSession = () => begun

/** Resolves when somebody has signed in again. */
export function signedInAgain(): Promise<void> {
  if (expired.value) return expired.value.promise
  let resolve = () => {}
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  expired.value = {
    promise,
    resume() {
      expired.value = null
      resolve()
    },
  }
  return promise
}
