import fc from 'fast-check'

// Where a change is judged, properties try the same cases each time, so that it fails for what it changed; elsewhere they explore.
if (process.env.CI) fc.configureGlobal({ seed: 20_261_126 })
