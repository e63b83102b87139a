import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from './google/protobuf/Timestamp.ts';
import type { Admission as _ticketbottle_waitroom_v1_Admission, Admission__Output as _ticketbottle_waitroom_v1_Admission__Output } from './ticketbottle/waitroom/v1/Admission.ts';
import type { ClaimRequest as _ticketbottle_waitroom_v1_ClaimRequest, ClaimRequest__Output as _ticketbottle_waitroom_v1_ClaimRequest__Output } from './ticketbottle/waitroom/v1/ClaimRequest.ts';
import type { ClaimResponse as _ticketbottle_waitroom_v1_ClaimResponse, ClaimResponse__Output as _ticketbottle_waitroom_v1_ClaimResponse__Output } from './ticketbottle/waitroom/v1/ClaimResponse.ts';
import type { GetPlaceRequest as _ticketbottle_waitroom_v1_GetPlaceRequest, GetPlaceRequest__Output as _ticketbottle_waitroom_v1_GetPlaceRequest__Output } from './ticketbottle/waitroom/v1/GetPlaceRequest.ts';
import type { GetPlaceResponse as _ticketbottle_waitroom_v1_GetPlaceResponse, GetPlaceResponse__Output as _ticketbottle_waitroom_v1_GetPlaceResponse__Output } from './ticketbottle/waitroom/v1/GetPlaceResponse.ts';
import type { GetRoomRequest as _ticketbottle_waitroom_v1_GetRoomRequest, GetRoomRequest__Output as _ticketbottle_waitroom_v1_GetRoomRequest__Output } from './ticketbottle/waitroom/v1/GetRoomRequest.ts';
import type { GetRoomResponse as _ticketbottle_waitroom_v1_GetRoomResponse, GetRoomResponse__Output as _ticketbottle_waitroom_v1_GetRoomResponse__Output } from './ticketbottle/waitroom/v1/GetRoomResponse.ts';
import type { GetTickRequest as _ticketbottle_waitroom_v1_GetTickRequest, GetTickRequest__Output as _ticketbottle_waitroom_v1_GetTickRequest__Output } from './ticketbottle/waitroom/v1/GetTickRequest.ts';
import type { GetTickResponse as _ticketbottle_waitroom_v1_GetTickResponse, GetTickResponse__Output as _ticketbottle_waitroom_v1_GetTickResponse__Output } from './ticketbottle/waitroom/v1/GetTickResponse.ts';
import type { HeartbeatRequest as _ticketbottle_waitroom_v1_HeartbeatRequest, HeartbeatRequest__Output as _ticketbottle_waitroom_v1_HeartbeatRequest__Output } from './ticketbottle/waitroom/v1/HeartbeatRequest.ts';
import type { HeartbeatResponse as _ticketbottle_waitroom_v1_HeartbeatResponse, HeartbeatResponse__Output as _ticketbottle_waitroom_v1_HeartbeatResponse__Output } from './ticketbottle/waitroom/v1/HeartbeatResponse.ts';
import type { IssueRehearsalTokenRequest as _ticketbottle_waitroom_v1_IssueRehearsalTokenRequest, IssueRehearsalTokenRequest__Output as _ticketbottle_waitroom_v1_IssueRehearsalTokenRequest__Output } from './ticketbottle/waitroom/v1/IssueRehearsalTokenRequest.ts';
import type { IssueRehearsalTokenResponse as _ticketbottle_waitroom_v1_IssueRehearsalTokenResponse, IssueRehearsalTokenResponse__Output as _ticketbottle_waitroom_v1_IssueRehearsalTokenResponse__Output } from './ticketbottle/waitroom/v1/IssueRehearsalTokenResponse.ts';
import type { JoinRequest as _ticketbottle_waitroom_v1_JoinRequest, JoinRequest__Output as _ticketbottle_waitroom_v1_JoinRequest__Output } from './ticketbottle/waitroom/v1/JoinRequest.ts';
import type { JoinResponse as _ticketbottle_waitroom_v1_JoinResponse, JoinResponse__Output as _ticketbottle_waitroom_v1_JoinResponse__Output } from './ticketbottle/waitroom/v1/JoinResponse.ts';
import type { LeaveRequest as _ticketbottle_waitroom_v1_LeaveRequest, LeaveRequest__Output as _ticketbottle_waitroom_v1_LeaveRequest__Output } from './ticketbottle/waitroom/v1/LeaveRequest.ts';
import type { LeaveResponse as _ticketbottle_waitroom_v1_LeaveResponse, LeaveResponse__Output as _ticketbottle_waitroom_v1_LeaveResponse__Output } from './ticketbottle/waitroom/v1/LeaveResponse.ts';
import type { ListAdmissionsRequest as _ticketbottle_waitroom_v1_ListAdmissionsRequest, ListAdmissionsRequest__Output as _ticketbottle_waitroom_v1_ListAdmissionsRequest__Output } from './ticketbottle/waitroom/v1/ListAdmissionsRequest.ts';
import type { ListAdmissionsResponse as _ticketbottle_waitroom_v1_ListAdmissionsResponse, ListAdmissionsResponse__Output as _ticketbottle_waitroom_v1_ListAdmissionsResponse__Output } from './ticketbottle/waitroom/v1/ListAdmissionsResponse.ts';
import type { ReleaseSlotRequest as _ticketbottle_waitroom_v1_ReleaseSlotRequest, ReleaseSlotRequest__Output as _ticketbottle_waitroom_v1_ReleaseSlotRequest__Output } from './ticketbottle/waitroom/v1/ReleaseSlotRequest.ts';
import type { ReleaseSlotResponse as _ticketbottle_waitroom_v1_ReleaseSlotResponse, ReleaseSlotResponse__Output as _ticketbottle_waitroom_v1_ReleaseSlotResponse__Output } from './ticketbottle/waitroom/v1/ReleaseSlotResponse.ts';
import type { SetSoldOutRequest as _ticketbottle_waitroom_v1_SetSoldOutRequest, SetSoldOutRequest__Output as _ticketbottle_waitroom_v1_SetSoldOutRequest__Output } from './ticketbottle/waitroom/v1/SetSoldOutRequest.ts';
import type { SetSoldOutResponse as _ticketbottle_waitroom_v1_SetSoldOutResponse, SetSoldOutResponse__Output as _ticketbottle_waitroom_v1_SetSoldOutResponse__Output } from './ticketbottle/waitroom/v1/SetSoldOutResponse.ts';
import type { Tick as _ticketbottle_waitroom_v1_Tick, Tick__Output as _ticketbottle_waitroom_v1_Tick__Output } from './ticketbottle/waitroom/v1/Tick.ts';
import type { UpdateBypassRequest as _ticketbottle_waitroom_v1_UpdateBypassRequest, UpdateBypassRequest__Output as _ticketbottle_waitroom_v1_UpdateBypassRequest__Output } from './ticketbottle/waitroom/v1/UpdateBypassRequest.ts';
import type { UpdateBypassResponse as _ticketbottle_waitroom_v1_UpdateBypassResponse, UpdateBypassResponse__Output as _ticketbottle_waitroom_v1_UpdateBypassResponse__Output } from './ticketbottle/waitroom/v1/UpdateBypassResponse.ts';
import type { WaitroomServiceClient as _ticketbottle_waitroom_v1_WaitroomServiceClient, WaitroomServiceDefinition as _ticketbottle_waitroom_v1_WaitroomServiceDefinition } from './ticketbottle/waitroom/v1/WaitroomService.ts';
import type { WatchRequest as _ticketbottle_waitroom_v1_WatchRequest, WatchRequest__Output as _ticketbottle_waitroom_v1_WatchRequest__Output } from './ticketbottle/waitroom/v1/WatchRequest.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  google: {
    protobuf: {
      Timestamp: MessageTypeDefinition<_google_protobuf_Timestamp, _google_protobuf_Timestamp__Output>
    }
  }
  ticketbottle: {
    waitroom: {
      v1: {
        Admission: MessageTypeDefinition<_ticketbottle_waitroom_v1_Admission, _ticketbottle_waitroom_v1_Admission__Output>
        ClaimRequest: MessageTypeDefinition<_ticketbottle_waitroom_v1_ClaimRequest, _ticketbottle_waitroom_v1_ClaimRequest__Output>
        ClaimResponse: MessageTypeDefinition<_ticketbottle_waitroom_v1_ClaimResponse, _ticketbottle_waitroom_v1_ClaimResponse__Output>
        GetPlaceRequest: MessageTypeDefinition<_ticketbottle_waitroom_v1_GetPlaceRequest, _ticketbottle_waitroom_v1_GetPlaceRequest__Output>
        GetPlaceResponse: MessageTypeDefinition<_ticketbottle_waitroom_v1_GetPlaceResponse, _ticketbottle_waitroom_v1_GetPlaceResponse__Output>
        GetRoomRequest: MessageTypeDefinition<_ticketbottle_waitroom_v1_GetRoomRequest, _ticketbottle_waitroom_v1_GetRoomRequest__Output>
        GetRoomResponse: MessageTypeDefinition<_ticketbottle_waitroom_v1_GetRoomResponse, _ticketbottle_waitroom_v1_GetRoomResponse__Output>
        GetTickRequest: MessageTypeDefinition<_ticketbottle_waitroom_v1_GetTickRequest, _ticketbottle_waitroom_v1_GetTickRequest__Output>
        GetTickResponse: MessageTypeDefinition<_ticketbottle_waitroom_v1_GetTickResponse, _ticketbottle_waitroom_v1_GetTickResponse__Output>
        HeartbeatRequest: MessageTypeDefinition<_ticketbottle_waitroom_v1_HeartbeatRequest, _ticketbottle_waitroom_v1_HeartbeatRequest__Output>
        HeartbeatResponse: MessageTypeDefinition<_ticketbottle_waitroom_v1_HeartbeatResponse, _ticketbottle_waitroom_v1_HeartbeatResponse__Output>
        IssueRehearsalTokenRequest: MessageTypeDefinition<_ticketbottle_waitroom_v1_IssueRehearsalTokenRequest, _ticketbottle_waitroom_v1_IssueRehearsalTokenRequest__Output>
        IssueRehearsalTokenResponse: MessageTypeDefinition<_ticketbottle_waitroom_v1_IssueRehearsalTokenResponse, _ticketbottle_waitroom_v1_IssueRehearsalTokenResponse__Output>
        JoinRequest: MessageTypeDefinition<_ticketbottle_waitroom_v1_JoinRequest, _ticketbottle_waitroom_v1_JoinRequest__Output>
        JoinResponse: MessageTypeDefinition<_ticketbottle_waitroom_v1_JoinResponse, _ticketbottle_waitroom_v1_JoinResponse__Output>
        LeaveRequest: MessageTypeDefinition<_ticketbottle_waitroom_v1_LeaveRequest, _ticketbottle_waitroom_v1_LeaveRequest__Output>
        LeaveResponse: MessageTypeDefinition<_ticketbottle_waitroom_v1_LeaveResponse, _ticketbottle_waitroom_v1_LeaveResponse__Output>
        ListAdmissionsRequest: MessageTypeDefinition<_ticketbottle_waitroom_v1_ListAdmissionsRequest, _ticketbottle_waitroom_v1_ListAdmissionsRequest__Output>
        ListAdmissionsResponse: MessageTypeDefinition<_ticketbottle_waitroom_v1_ListAdmissionsResponse, _ticketbottle_waitroom_v1_ListAdmissionsResponse__Output>
        ReleaseSlotRequest: MessageTypeDefinition<_ticketbottle_waitroom_v1_ReleaseSlotRequest, _ticketbottle_waitroom_v1_ReleaseSlotRequest__Output>
        ReleaseSlotResponse: MessageTypeDefinition<_ticketbottle_waitroom_v1_ReleaseSlotResponse, _ticketbottle_waitroom_v1_ReleaseSlotResponse__Output>
        RoomState: EnumTypeDefinition
        SetSoldOutRequest: MessageTypeDefinition<_ticketbottle_waitroom_v1_SetSoldOutRequest, _ticketbottle_waitroom_v1_SetSoldOutRequest__Output>
        SetSoldOutResponse: MessageTypeDefinition<_ticketbottle_waitroom_v1_SetSoldOutResponse, _ticketbottle_waitroom_v1_SetSoldOutResponse__Output>
        Tick: MessageTypeDefinition<_ticketbottle_waitroom_v1_Tick, _ticketbottle_waitroom_v1_Tick__Output>
        UpdateBypassRequest: MessageTypeDefinition<_ticketbottle_waitroom_v1_UpdateBypassRequest, _ticketbottle_waitroom_v1_UpdateBypassRequest__Output>
        UpdateBypassResponse: MessageTypeDefinition<_ticketbottle_waitroom_v1_UpdateBypassResponse, _ticketbottle_waitroom_v1_UpdateBypassResponse__Output>
        WaitroomService: SubtypeConstructor<typeof grpc.Client, _ticketbottle_waitroom_v1_WaitroomServiceClient> & { service: _ticketbottle_waitroom_v1_WaitroomServiceDefinition }
        WatchRequest: MessageTypeDefinition<_ticketbottle_waitroom_v1_WatchRequest, _ticketbottle_waitroom_v1_WatchRequest__Output>
      }
    }
  }
}

