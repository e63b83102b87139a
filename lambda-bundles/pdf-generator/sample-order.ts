import type { OrderPaid } from './order-paid.ts';

/** An order that nobody made, with every letter that Vietnamese needs: proves fonts and drawing without a real one. */
export const sampleOrder: OrderPaid = {
  orderId: '00000000-0000-4000-8000-000000000000',
  code: 'TBSAMPLE',
  fullName: 'Nguyễn Thị Ngọc Ánh',
  language: 'vi',
  rehearsal: true,
  event: {
    name: 'Đêm nhạc thử: Ắ ằ ẳ ẵ ặ, ế ề ể ễ ệ, ố ồ ổ ỗ ộ, ứ ừ ử ữ ự, ý ỳ ỷ ỹ ỵ',
    startTime: '2027-03-20T12:30:00Z',
    timeZone: 'Asia/Ho_Chi_Minh',
    venue: { name: 'Sân vận động Mỹ Đình', address: 'Lê Đức Thọ', city: 'Hà Nội' },
  },
  tickets: [
    { id: 'fff1cbba-8cdb-5e6a-88b8-f3a9564dd9d0', className: 'VIP', seat: 'B-12', qrPayload: `TB1.${'a'.repeat(240)}` },
  ],
};
