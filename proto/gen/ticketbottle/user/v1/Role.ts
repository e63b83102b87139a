// Original file: ticketbottle/user/v1/user.proto

export const Role = {
  ROLE_UNSPECIFIED: 'ROLE_UNSPECIFIED',
  ROLE_BUYER: 'ROLE_BUYER',
  ROLE_ORGANISER: 'ROLE_ORGANISER',
  ROLE_DOOR: 'ROLE_DOOR',
  ROLE_ADMIN: 'ROLE_ADMIN',
} as const;

export type Role =
  | 'ROLE_UNSPECIFIED'
  | 0
  | 'ROLE_BUYER'
  | 1
  | 'ROLE_ORGANISER'
  | 2
  | 'ROLE_DOOR'
  | 3
  | 'ROLE_ADMIN'
  | 4

export type Role__Output = typeof Role[keyof typeof Role]
