import { expect, it } from 'vitest'

import { pixelsFor } from './usePageImage'

it.each([[100, 1, 400], [390, 2, 800], [801, 1, 1000], [800, 1, 800], [1500, 3, 2000]])(
  'a page that is %i wide on a screen of ratio %i is asked for with %i pixels',
  (shown, ratio, asked) => expect(pixelsFor(shown, ratio)).toBe(asked),
)
