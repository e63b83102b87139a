import type * as grpc from '@grpc/grpc-js';
import type { MessageTypeDefinition } from '@grpc/proto-loader';

import type { Money as _ticketbottle_type_v1_Money, Money__Output as _ticketbottle_type_v1_Money__Output } from './ticketbottle/type/v1/Money.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  ticketbottle: {
    type: {
      v1: {
        Money: MessageTypeDefinition<_ticketbottle_type_v1_Money, _ticketbottle_type_v1_Money__Output>
      }
    }
  }
}

