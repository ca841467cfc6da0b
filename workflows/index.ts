export { campaign } from './campaign.ts'
export { importFile } from './import.ts'
export { sweep } from './sweep.ts'
export { wave } from './wave.ts'
