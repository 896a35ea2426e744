import { useQuery } from '@tanstack/react-query';
import { api } from '../../api/client';
import type { components } from '../../api/schema';
import type { Page } from '../../api/types';

export type Organization = components['schemas']['Organization'];
export type Member = components['schemas']['Member'];
export type Invitation = components['schemas']['Invitation'];

/** The organizations of the user, for their names. */
export function useOrganizations() {
  return useQuery({ queryKey: ['organizations'], queryFn: () => api.get<Page<Organization>>('/organizations') });
}
