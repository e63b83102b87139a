// Original file: ticketbottle/waitroom/v1/waitroom.proto

import type { Admission as _ticketbottle_waitroom_v1_Admission, Admission__Output as _ticketbottle_waitroom_v1_Admission__Output } from '../../../ticketbottle/waitroom/v1/Admission.ts';

export interface ListAdmissionsResponse {
  'admissions'?: (_ticketbottle_waitroom_v1_Admission)[];
  'nextPageToken'?: (string);
}

export interface ListAdmissionsResponse__Output {
  'admissions': (_ticketbottle_waitroom_v1_Admission__Output)[];
  'nextPageToken': (string);
}
