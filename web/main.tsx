import './client/without-eval.ts'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { httpClient } from './client/http-client.ts'
import { App } from './shell/app.tsx'
import './style/tokens.css'
import './style/base.css'
import './style/shell.css'
import './style/combobox.css'

// The key has done its work; nobody shall copy it from the address.
if (window.location.search !== '')
  window.history.replaceState(null, '', `${window.location.pathname}${window.location.hash}`)

const root = document.getElementById('root')
if (!root) throw new Error('index.html has no #root')
createRoot(root).render(
  <StrictMode>
    <App client={httpClient} />
  </StrictMode>,
)
