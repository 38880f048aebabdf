import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.ts';
import { AnimalController } from './animal.controller.ts';
import { AreaController } from './area.controller.ts';
import { CollarController } from './collar.controller.ts';
import { CollarDirectory } from './collar-directory.ts';
import { DeploymentController } from './deployment.controller.ts';
import { FarmController } from './farm.controller.ts';
import { GatewayController } from './gateway.controller.ts';
import { RegistryService } from './registry.service.ts';
import { RegistryStore } from './registry.store.ts';
import { ReserveController } from './reserve.controller.ts';

/** Animals, collars, deployments, farms, areas and gateways. */
@Module({
  imports: [AccessModule],
  controllers: [
    ReserveController,
    FarmController,
    AreaController,
    AnimalController,
    CollarController,
    DeploymentController,
    GatewayController,
  ],
  providers: [RegistryStore, CollarDirectory, RegistryService],
  exports: [CollarDirectory, RegistryService],
})
export class RegistryModule {}
