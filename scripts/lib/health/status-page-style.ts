/** The style of the page for people: readable in light and in dark, on a phone too, and without anything from elsewhere. */
export const statusPageStyle = `
:root { color-scheme: light dark; --text: #1d2733; --dim: #5c6b7a; --line: #d9e0e7; --back: #f6f8fa; --card: #fff }
@media (prefers-color-scheme: dark) {
  :root { --text: #dfe6ee; --dim: #94a3b3; --line: #303b47; --back: #12171d; --card: #1a2129 }
}
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 72rem; padding: 1.5rem; font: 15px/1.5 system-ui, sans-serif; color: var(--text); background: var(--back) }
header { display: flex; flex-wrap: wrap; align-items: baseline; gap: .3rem 1rem; margin-bottom: 1rem }
h1 { font-size: 1.4rem; margin: 0 }
h2 { font-size: 1rem; margin: 0 0 .5rem; overflow-wrap: anywhere }
.dim { color: var(--dim) }
.state { padding: .1rem .7rem; border-radius: 1rem; font-weight: 600; color: #fff }
.ready { background: #1a7f4b } .degraded { background: #9a6200 } .unready { background: #b3261e }
.reasons { margin: 0 0 1rem; padding: .7rem 1rem .7rem 2rem; overflow-wrap: anywhere; border: 1px solid var(--line); border-left: 4px solid #9a6200; border-radius: 6px; background: var(--card) }
.reasons.unready { color: inherit; background: var(--card); border-left-color: #b3261e }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(19rem, 1fr)); gap: 1rem }
section { border: 1px solid var(--line); border-radius: 6px; background: var(--card); padding: .9rem 1rem; min-width: 0 }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: 0 }
dt { color: var(--dim) }
dd { margin: 0; font-variant-numeric: tabular-nums; overflow-wrap: anywhere }
footer { display: flex; flex-wrap: wrap; gap: .3rem .8rem; margin-top: 1rem; font-size: .9rem }
a { color: inherit }
`
