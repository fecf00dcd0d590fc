import { gather } from './gather'
import own from './fr.json'

export default gather(own, import.meta.glob('../features/*/fr.json', { eager: true, import: 'default' }))
