// Original file: ticketbottle/order/v1/order.proto

export const ScanDirection = {
  SCAN_DIRECTION_UNSPECIFIED: 'SCAN_DIRECTION_UNSPECIFIED',
  SCAN_DIRECTION_IN: 'SCAN_DIRECTION_IN',
  SCAN_DIRECTION_OUT: 'SCAN_DIRECTION_OUT',
} as const;

export type ScanDirection =
  | 'SCAN_DIRECTION_UNSPECIFIED'
  | 0
  | 'SCAN_DIRECTION_IN'
  | 1
  | 'SCAN_DIRECTION_OUT'
  | 2

export type ScanDirection__Output = typeof ScanDirection[keyof typeof ScanDirection]
