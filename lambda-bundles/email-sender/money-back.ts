import { oneOf } from './one-of.ts';

/** How money comes back, and when, by the provider that it came through. */
const WAY = {
  vi: {
    zalopay:
      'Tiền về ví ZaloPay hoặc nguồn tiền bạn đã dùng: ví và tài khoản ngân hàng thường thấy ngay trong ngày, thẻ quốc tế có thể mất đến 7 ngày làm việc.',
    payos:
      'Tiền được chuyển khoản về tài khoản ngân hàng bạn đã dùng để thanh toán, thường đến ngay trong ngày làm việc.',
    other:
      'Tiền về tài khoản hoặc thẻ bạn đã dùng để thanh toán: tài khoản ngân hàng thường thấy ngay trong ngày, thẻ quốc tế có thể mất đến 7 ngày làm việc.',
  },
  en: {
    zalopay:
      'It goes to your ZaloPay wallet, or to what you paid with there: a wallet or bank account usually shows it within a day, an international card within 7 working days.',
    payos:
      'It goes by bank transfer to the account that you paid from, where it usually arrives within one working day.',
    other:
      'It goes to the account or card that you paid with: a bank account usually shows it within a day, an international card within 7 working days.',
  },
} as const;

/** What to do when it does not. */
export const LATE_MONEY = {
  vi: 'Nếu quá thời gian trên mà chưa thấy tiền, hãy hỏi ngân hàng hoặc ví của bạn trước, rồi liên hệ chúng tôi kèm mã đơn hàng.',
  en: 'If the money is not there after that time, please ask your bank or wallet first, then contact us and name the order.',
} as const;

export const wayOfMoney = (provider: string, language: 'vi' | 'en'): string => oneOf(WAY[language], provider);
