export { campaign } from './campaign.ts'
export { news, reconcile } from './reconcile.ts'
export { sweep } from './sweep.ts'
export { wave } from './wave.ts'
