import { gather } from './gather'
import own from './en.json'

export default gather(own, import.meta.glob('../features/*/en.json', { eager: true, import: 'default' }))
