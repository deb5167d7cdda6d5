import { html, raw } from 'hono/html'
import { describeSpan } from './spans.ts'
import { statusPageStyle } from './status-page-style.ts'
import type { Moment, StatusView } from './status-view.ts'

/** A name and what stands beside it; null leaves the line out. */
type Fact = readonly [string, string | number] | null

const refreshSeconds = 10

/**
 * What the page may do: show itself. Its one style is named by its digest (CSP3, 8.3), so that nothing that slipped in
 * would be loaded or run.
 */
export function statusPagePolicy(): string {
  const digest = new Bun.CryptoHasher('sha256').update(statusPageStyle).digest('base64')
  return `default-src 'none'; style-src 'sha256-${digest}'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`
}

/** The page for people: the facts of the status, refreshed by itself. What is wrong stands once, above the cards. */
export function statusPage(view: StatusView) {
  const { status, degraded, version, time } = view
  const reasons = degraded.map((reason) => html`<li>${reason}</li>`)
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="${refreshSeconds}">
<title>${status} - novnc-tokens</title>
<link rel="icon" href="data:,">
<style>${raw(statusPageStyle)}</style>
</head>
<body>
<header><h1>novnc-tokens</h1><span class="state ${status}">${status}</span><span class="dim">${version}, ${time.replace('T', ' ').replace(/\.\d+Z$/, ' UTC')}</span></header>
${degraded.length === 0 ? '' : html`<ul class="reasons ${status}">${reasons}</ul>`}
<main class="cards">
${card('Tokens', tokenFacts(view))}
${card('Lists', listFacts(view))}
${card('Events', watchFacts(view))}
${view.outputs.map((output) => card(`Output ${output.name}`, outputFacts(output)))}
${view.lookup === null ? '' : card('Lookups', lookupFacts(view.lookup))}
${view.onChange === null ? '' : card('Change command', onChangeFacts(view.onChange))}
</main>
<footer class="dim">For programs: <a href="/readyz">/readyz</a> <a href="/healthz">/healthz</a> <a href="/status">/status</a> <a href="/metrics">/metrics</a></footer>
</body>
</html>
`
}

function card(title: string, facts: readonly Fact[]) {
  const lines = facts.filter((fact) => fact !== null).map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)
  return html`<section><h2>${title}</h2><dl>${lines}</dl></section>`
}

function tokenFacts(view: StatusView): Fact[] {
  const { login, reads, turned, refusedEnterprises: refusing } = view
  const leftOut = Object.values(view.leftOut).reduce((sum, vms) => sum + vms)
  return [
    ['Tokens', view.tokens],
    ['Virtual machines', view.virtualMachines],
    ['Enterprises', `${view.enterprises}${refusing.length === 0 ? '' : `, ${refusing.length} refusing`}`],
    view.refusedAddresses === 0 ? null : ['Addresses refused', view.refusedAddresses],
    leftOut === 0 ? null : ['Left out', leftOut],
    ['Log-in', login.retryInSeconds === null ? login.state : `${login.state}, next try in ${login.retryInSeconds} s`],
    ['Single reads', `${reads.total}, ${reads.failed} failed, ${reads.owed} owed`],
    ['Loop turned', ago(turned)],
  ]
}

function listFacts({ list }: StatusView): Fact[] {
  return [
    ['Complete since', ago(list.completeSince)],
    ['Last one ended', ago(list.ended)],
    list.durationSeconds === null ? null : ['It took', `${list.durationSeconds.toFixed(1)} s`],
    ['Due every', describeSpan(list.expectedEverySeconds * 1000)],
    ['Running', list.running ? 'yes' : 'no'],
    ['Complete', list.complete],
    ['Incomplete', list.incomplete],
  ]
}

function watchFacts({ watch, gaps, sight, triggers }: StatusView): Fact[] {
  if (watch === null || watch.kind === 'none') return [['Watched', 'no: lists alone find changes']]
  return [
    ['State', `${watch.state}${watch.since === null ? '' : ` for ${describeSpan(watch.since.ageSeconds * 1000)}`}`],
    ['Last byte', ago(watch.lastByte)],
    ['Last event', ago(watch.lastEvent)],
    ['Events', `${watch.events}, ${triggers} of them acted on`],
    watch.recovered === 0 ? null : ['Of them recovered', watch.recovered],
    ['Connections', watch.connects],
    watch.kind === 'poll' || watch.polls > 0 ? ['Polls', watch.polls] : null,
    watch.instead === null ? null : ['Polling, since', watch.instead],
    ['Gaps', watch.gaps],
    gaps.last === null ? null : ['Last gap', lastGap(gaps.last)],
    watch.malformed === 0 ? null : ['Malformed', watch.malformed],
    ['Unannounced', sight.unannounced],
    sight.blind ? ['Blind', 'yes'] : null,
  ]
}

function lastGap({ noticed, healed }: NonNullable<StatusView['gaps']['last']>): string {
  const by = { history: 'made up for by the history', list: 'made up for by a list' } as const
  return `${ago(noticed)}, ${healed === null ? 'not made up for yet' : by[healed]}`
}

function outputFacts(output: StatusView['outputs'][number]): Fact[] {
  return [
    output.role === null ? null : ['Role', output.role],
    ['Tokens', output.tokens],
    output.uncarried === 0 ? null : ['IPv6, not carried', output.uncarried],
    output.unclaimed === 0 ? null : ['Of an earlier run', output.unclaimed],
    ['Last written', ago(output.lastWrite)],
    ['Last confirmed', ago(output.modified)],
    ['Writes', `${output.writes}, ${output.failures} failures`],
    ['Waiting changes', output.pending],
    output.held === 0 ? null : ['Held by the guard', output.held],
    output.heldSince === null ? null : ['Held since', ago(output.heldSince)],
    output.heldWhy === null ? null : ['Held, as', output.heldWhy],
    output.heldAdvice === null ? null : ['Let go', output.heldAdvice],
    output.changedByOthers === 0 ? null : ['Changed by others', output.changedByOthers],
    output.error === null ? null : ['Failing', 'yes'],
  ]
}

function lookupFacts(lookup: NonNullable<StatusView['lookup']>): Fact[] {
  return [
    ['Tokens', lookup.tokens],
    ['Answered', lookup.found],
    ['Unknown', lookup.unknown],
    ['Waiting', lookup.waiting],
    lookup.crowded === 0 ? null : ['Too many waited', lookup.crowded],
  ]
}

function onChangeFacts({ running, runs, failures }: NonNullable<StatusView['onChange']>): Fact[] {
  return [
    ['Running', running ? 'yes' : 'no'],
    ['Runs', `${runs}, ${failures} failures`],
  ]
}

function ago(moment: Moment | null): string {
  return moment === null ? 'never' : `${describeSpan(moment.ageSeconds * 1000)} ago`
}
