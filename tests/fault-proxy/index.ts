/** A TCP proxy whose network can fall ill, to stand between a client and its server. */
export type { ActiveNetworkFault, NetworkFault, Way } from './fault.ts'
export { type FaultProxy, type FaultProxyOptions, startFaultProxy } from './fault-proxy.ts'
