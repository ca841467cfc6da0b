import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { read } from './parts/state.ts'
import '@fontsource-variable/inter/wght.css'
import './styles/index.css'

const theme = read<string>('theme')
if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
createRoot(document.getElementById('page')!).render(<App />)
