// Under 640 pixels a table is read sideways: there it becomes cards.

import { ref } from 'vue'

const query = window.matchMedia('(max-width: 639px)')
const narrow = ref(query.matches)
query.addEventListener('change', event => (narrow.value = event.matches))

export const useNarrow = () => narrow
