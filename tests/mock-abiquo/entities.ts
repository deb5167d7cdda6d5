import { enterprisePath } from './events.ts'
import { type Actor, type Enterprise, type Host, hostPath, type Rack } from './model.ts'
import type { Entity, Link } from './representations.ts'

const media = (name: string) => `application/vnd.abiquo.${name}+json`

/** An enterprise with its limits and links; `virtualmachines` leads to its VMs. */
export function enterpriseEntity(enterprise: Enterprise, hrefBase: string): Entity {
  const self = hrefBase + enterprisePath(enterprise)
  const links: Link[] = [
    { rel: 'edit', href: self, type: media('enterprise') },
    { rel: 'users', href: `${self}/users`, type: media('users') },
    { rel: 'limits', href: `${self}/limits`, type: media('limits') },
    { rel: 'properties', href: `${self}/properties`, type: media('enterpriseproperties') },
    { rel: 'virtualmachines', href: `${self}/action/virtualmachines`, type: media('virtualmachines') },
    { rel: 'virtualdatacenters', href: `${self}/action/virtualdatacenters`, type: media('virtualdatacenters') },
    { rel: 'virtualappliances', href: `${self}/action/virtualappliances`, type: media('virtualappliances') },
    { rel: 'externalnetworks', href: `${self}/action/externalnetworks`, type: media('vlans') },
    { rel: 'datacenterrepositories', href: `${self}/datacenterrepositories`, type: media('datacenterrepositories') },
  ]
  const fields = {
    id: enterprise.id,
    name: enterprise.name,
    cpuSoftLimit: 0,
    cpuHardLimit: 0,
    ramSoftLimitInMb: 0,
    ramHardLimitInMb: 0,
    publicIpsSoft: 0,
    publicIpsHard: 0,
    isReservationRestricted: false,
    workflow: false,
    twoFactorAuthenticationMandatory: false,
  }
  return { fields, links }
}

/** A datacenter. */
export function datacenterEntity(id: number, name: string, hrefBase: string): Entity {
  const self = `${hrefBase}/admin/datacenters/${id}`
  return {
    fields: { id, name, location: name },
    links: [
      { rel: 'edit', href: self, type: media('datacenter') },
      { rel: 'racks', href: `${self}/racks`, type: media('racks') },
      { rel: 'enterprises', href: `${self}/action/enterprises`, type: media('enterprises') },
    ],
  }
}

/** A rack; `deployedvms` leads to the VMs that run in it. */
export function rackEntity(rack: Rack, hrefBase: string): Entity {
  const datacenter = `${hrefBase}/admin/datacenters/${rack.datacenter}`
  const self = `${datacenter}/racks/${rack.id}`
  return {
    fields: { id: rack.id, name: rack.name, vlanIdMin: 2, vlanIdMax: 4094, haEnabled: false },
    links: [
      { rel: 'edit', href: self, type: media('rack') },
      { rel: 'datacenter', href: datacenter, type: media('datacenter') },
      { rel: 'machines', href: `${self}/machines`, type: media('machines') },
      { rel: 'deployedvms', href: `${self}/deployedvms`, type: media('virtualmachines') },
    ],
  }
}

/** A host; `virtualmachines` leads to the VMs that run on it. */
export function machineEntity(host: Host, hrefBase: string): Entity {
  const self = hrefBase + hostPath(host)
  const datacenter = `${hrefBase}/admin/datacenters/${host.datacenter}`
  return {
    fields: {
      id: host.id,
      name: host.name,
      state: 'MANAGED',
      type: 'KVM',
      ip: host.ip,
      ipService: host.ip,
      virtualCpuCores: 64,
      virtualCpusUsed: 12,
      virtualRamInMb: 524_288,
      virtualRamUsedInMb: 65_536,
    },
    links: [
      { rel: 'edit', href: self, type: media('machine') },
      { rel: 'datacenter', href: datacenter, type: media('datacenter') },
      { rel: 'rack', href: `${datacenter}/racks/${host.rack}`, type: media('rack') },
      { rel: 'virtualmachines', href: `${self}/virtualmachines`, type: media('virtualmachines') },
    ],
  }
}

const privileges = ['ENTERPRISE_ENUMERATE', 'VAPP_DEPLOY_UNDEPLOY', 'PHYS_DC_ALLOW_MODIFY_SERVERS', 'EVENTLOG_VIEW_ALL']

/** The user who is logged in. */
export function userEntity(actor: Actor, hrefBase: string, withPrivileges: boolean): Entity {
  const enterprise = hrefBase + enterprisePath(actor.enterprise)
  const self = `${enterprise}/users/${actor.id}`
  const user: Entity = {
    fields: {
      id: actor.id,
      nick: actor.nick,
      name: actor.nick,
      surname: '',
      email: `${actor.nick}@example.com`,
      locale: 'en_US',
      authType: 'ABIQUO',
      active: true,
      locked: false,
    },
    links: [
      { rel: 'edit', href: self, type: media('user') },
      { rel: 'enterprise', href: enterprise, type: media('enterprise'), title: actor.enterprise.name },
      { rel: 'role', href: `${hrefBase}/admin/roles/1`, type: media('role'), title: 'CLOUD_ADMIN' },
      { rel: 'virtualmachines', href: `${self}/action/virtualmachines`, type: media('virtualmachines') },
      { rel: 'applications', href: `${self}/applications`, type: media('applications') },
    ],
  }
  if (!withPrivileges) return user
  return { ...user, lists: { privileges: privileges.map((name, at) => ({ fields: { id: at + 1, name }, links: [] })) } }
}
